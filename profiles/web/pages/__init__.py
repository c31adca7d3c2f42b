"""From the domain to what pages show: builders of the presenters' page objects, one module per screen.

``words`` holds what several screens say alike (values, directions, who decided), ``reads`` the rows that only pages
need.
"""
