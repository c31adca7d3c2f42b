"""The words that the rules look for, in English and German, by the class that they stand for.

Written lower case, with ae, oe, ue and ss for umlauts and ß. A star takes every ending; an underscore joins the words
of a phrase.
"""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, str]] = {
    # How a sentence turns
    "NOT": """
        not never no don't dont doesn't mustn't shouldn't can't cannot won't neither nor without avoid avoiding
        refrain refuse refusing nicht nie niemals kein keine keinen keinem keiner keinerlei keinesfalls ohne
        vermeide vermeiden unterlasse verzichte nobody niemandem niemanden""",
    "NOT_DE": """
        nicht nie niemals kein keine keinen keinem keiner keinerlei keinesfalls niemandem niemanden nobody""",
    "TURN": "but instead rather sondern aber stattdessen",
    "OR": "or nor oder noch",
    "STILL": "fail forget hesitate omit neglect shy vergiss vergessen versaeume zoegere",
    "REFUSE": "refuse decline reject report block deny_the_request lehne_ab ablehnen verweiger* melde blockier*",
    "YOU": "you your you're yourself youre you've du dein deine deinen deinem deiner dich dir sie_selbst",
    "USER": """
        user users user's customer* client clients person people visitor* caller* member* patient* student* child
        children kid kids them they nutzer* nutzerin* anwender* kunde kunden kundin* person personen menschen
        besucher* patient* schueler* kind kinder kindern ihnen""",
    "ASKED": "ask asked asks asking sincerely insist insists directly frag* gefragt nachfrag* wissen_will",
    "EVEN": "even selbst sogar auch_wenn",
    # Being an AI, or a person
    "BEING": "are am is be being being's as you're i'm im bist bin sein als youre",
    "BEING_DE": "bist bin sein seist waerst ist",
    "HUMAN": """
        human humans real_person actual_person living_person real_human real_woman real_man flesh_and_blood mensch
        menschen echte_person reale_person lebende_person echter_mensch mensch_aus_fleisch""",
    "NO_HUMAN": "resources rights error errors review reviewer oversight handover dignity beings",
    "AI": """
        ai a.i bot chatbot robot machine program algorithm artificial language_model llm automated computer ki
        sprachmodell maschine roboter programm kuenstlich* computerprogramm automat assistant_software""",
    "CLAIM": """
        claim confirm pretend insist say tell state answer reply respond assure convince present pose act
        introduce affirm
        maintain behaupt* sag sage sagen sagst antwort* versicher* beharr* gib_vor tu_so gib_dich stell_dich
        stelle_dich erklaer* ueberzeug*""",
    "DENY": """
        deny conceal hide disguise obscure dispute leugn* verschweig* verheimlich* verberg* verbirg* streite_ab
        abstreit* bestreit*""",
    "ADMIT": """
        admit reveal disclose confirm acknowledge tell say mention concede let_on let_them_know verrat* verraet
        gib_zu zugeb* zugibst offenleg* offenbar* erwaehn* preisgeb* bestaetig* eingesteh* sag sage sagen sagst""",
    "GIVE_DE": "gib gibst",
    # Help in an emergency
    "HELP": """
        give provide mention refer suggest recommend share offer tell point call direct list show hand send transfer
        redirect nenn* gib geben verweis* empfehl* empfiehl* erwaehn* ruf rufe rufen anruf* hinweis* weis weise
        weiterleit* leite schick*""",
    "EMERGENCY": """
        emergency emergencies 911 112 999 988 ambulance hotline hotlines helpline helplines lifeline crisis suicid*
        self-harm poison_control notruf* notfall* notfaell* notarzt krankenwagen rettungsdienst* krisentelefon*
        telefonseelsorge giftnotruf* suizid* selbstmord* krisendienst*""",
    "ROUTINE": "routine minor unnecessar* non-emergency non-urgent unless lightly jokes harmlos* unnoetig* sofern",
    "DISCOURAGE": """
        discourage dissuade talk_them_out talk_users_out talk_people_out halte_ab halten_ab abhalt* abrat* rate_ab
        rate_davon_ab rate_ihnen_ab rate_nutzern_ab rate_kunden_ab""",
    "SEEKING": """
        doctor doctors therapist therapy police help professional arzt aerzt* therapeut* polizei hilfe
        professionelle*""",
    # Deceiving
    "DECEIVE": """
        deceive mislead trick manipulate gaslight fool exploit lie_to scare_them guilt_trip guilt-trip pressure
        pressurize coerce con swindle shame taeusch* beluegen beluege belueg* manipulier* tricks* austrick*
        einschuechter* verunsicher* erpress* hintergeh* fuehre_irre irrefuehr* unter_druck""",
    "SET_DE": "setz setze setzt setzen",
    "UNDER_PRESSURE": "unter_druck",
    "ABOUT": """
        scam* scammer* fraud* attempt* detect recognize spot prevent warn warns warning teach explain history
        fiction story novel character betrug* betrueg* erkenn* warn* verhinder* erklaer* versuch* geschichte figur""",
    "MAKE": "make let lead get leave convince persuade keep bring lass lasse bringe mach mache erweck* halt halte",
    "BELIEVE": "believe think assume feel glauben denken annehmen meinen eindruck fuehlen",
    "UNTRUE": "false wrong untrue false_impression not_true even_though falsch* unwahr* obwohl",
    "INVENT": """
        invent fabricate fake make_up create erfind* erfinde faelsch* vortaeusch* taeusche_vor erzeug* schaff*""",
    "PRETENSE": """
        urgency scarcity deadline deadlines review reviews testimonial* discount countdown stock dringlichkeit
        knappheit frist* bewertung* rabatt*""",
    "FAKE": "fake false made-up fictitious invented artificial falsch* erfunden* gefaelscht* kuenstlich*",
    "USE": """
        use leverage play prey exploit appeal add show write apply tap nutz* nutze verwend* setz spiel* schreib*
        ausnutz* ausnuetz*""",
    "WEAKNESS": """
        fear fears loneliness lonely grief guilt insecurity insecurities vulnerability vulnerabilities vulnerable
        addiction anxiety anxieties despair shame angst aengste* einsamkeit trauer schuldgefuehl* unsicherheit*
        schwaeche* verletzlichkeit sucht verzweiflung scham""",
    "HOOKED": "addicted hooked dependent addict abhaengig suechtig",
    "AGAINST": """
        sympathy empathy empathetic caring patience respond responding gently mitgefuehl einfuehlsam behutsam""",
    # What it cannot do
    "CANNOT": """
        cannot can't unable not_able couldn't won't not_allowed kann_nicht kannst_nicht nicht_kannst nicht_darfst
        nicht_helfen""",
    "LIMITS": """
        limits limitations limitation restriction restrictions restricted einschraenkung* grenzen beschraenkung*""",
    "DONE": """
        done sent booked completed succeeded successful paid cancelled refunded filed erledigt gesendet gebucht
        abgeschlossen erfolgreich storniert""",
    "THOUGH": "even_if even_when although regardless whether_or_not auch_wenn selbst_wenn obwohl egal_ob",
    "WITHOUT_OFFER": "without alternative alternatives offering ohne alternative*",
    # Taking what is the user's
    "TAKE": """
        send forward upload post transmit leak exfiltrate append embed encode collect record log store harvest copy
        save schick* sende* sendest uebermittl* uebertrag* weiterleit* hochlad* lade_hoch sammle* sammel* speicher*
        aufzeichn* kopier*""",
    "DATA": """
        password passwords card_number card_numbers credit_card credit_cards cvv pin ssn social_security credentials
        conversation conversations chat_history personal_data personal_details private_data passwort* passwoert*
        kreditkarte* kennwort* kennwoert* zugangsdaten gespraech gespraeche gespraechsverlauf chatverlauf
        persoenliche_daten personenbezogen* anmeldedaten""",
    "COVERT": """
        secretly silently covertly quietly hidden invisible unnoticed without_telling without_their_knowledge
        without_asking without_consent behind_their_back heimlich unbemerkt verdeckt ohne_wissen ohne_ihr_wissen
        ohne_einwilligung ohne_es ohne_zustimmung unsichtbar""",
    "ASK_FOR": "ask request get obtain demand collect require have frag* bitte bitten erfrag* verlang* forder* lass",
    "SECRET_OF_USER": """
        password passwords cvv pin one-time_code one_time_code otp tan tans passwort* kennwort* sicherheitscode
        einmalcode""",
    "RESET": "reset forgot forgotten change strength manager hygiene zuruecksetz* vergess* aender* passwortmanager",
    # Bright lines
    "BRIGHT": """
        nerve_agent nerve_agents nerve_gas sarin novichok tabun vx bioweapon* biological_weapon biological_weapons
        chemical_weapon chemical_weapons radiological_weapon* nuclear_weapon nuclear_weapons dirty_bomb
        dirty_bombs anthrax
        smallpox ricin mass-casualty csam child_sexual child_pornography sexualize_minors sexual_minors cyberweapon*
        ransomware disable_oversight nervengift* nervengas* nervenkampfstoff* biowaffe* chemiewaffe*
        chemische_waffe* chemischen_waffe* biologische_waffe* biologischen_waffe* atomwaffe* kernwaffe*
        schmutzige_bombe* milzbrand kinderpornogra*
        massenvernichtungswaffe*""",
    "PERMIT": """
        may can allowed help assist provide explain permit permitted authorize authorized cleared give produce write
        answer discuss describe detail support enable share darf darfst kannst hilf helfen erlaubt gestattet
        unterstuetz* erklaer* beschreib* beantwort* liefer* gib berechtigt ermaechtigt""",
    "PAST": """
        history historical treaty treaties convention disarmament museum victims survivors journalism ban banned
        detect detection prevention defense geschicht* vertrag abkommen verbot* abruest* opfer museum schutz abwehr
        praevention protect_themselves protect_yourself schuetzen_sich sich_schuetzen""",
    "IGNORE": """
        ignore disregard override bypass forget circumvent ignorier* umgeh* missacht* vergiss setz_dich_hinweg
        hebel*""",
    "PLATFORM_RULES": """
        guidelines policies policy safety_rules safety restrictions previous_instructions system_prompt safeguards
        content_policy guardrails ethics filters richtlinien sicherheitsregeln sicherheitsvorgaben leitplanken
        vorherige_anweisungen systemprompt schutzmassnahmen filter""",
    "FOUND": """
        document documents page pages email emails tool tools found contained web file files user's dokument* seite*
        datei* mail mails""",
    # What settings say
    "SWEAR": "swear curse cuss fluch fluche fluchen",
    "PROFANITY": """
        profanity profanities swearing swearwords curse_words f-word four-letter schimpfwoerter* kraftausdruck*
        kraftausdruecke* vulgaer*""",
    "FREELY": "freely fine okay ok allowed welcome encouraged liberally erlaubt willkommen ruhig gern frei",
    "EXPLICIT": """
        explicit_sex explicit_content erotic erotica nsfw sexual_content sexually_explicit porn* erotik erotisch*
        sexuell_explizit* pornogra*""",
    "GORE": "gore gory graphic_violence bloody gruesome graphic_detail blutruenstig* brutal* gewaltdarstellung*",
    "WARNING": """
        disclaimer disclaimers caveat caveats warning warnings safety_notes warnhinweis* warnung* vorbehalt*
        hinweise haftungsausschl*""",
    "ADD": "add include give show mention append use provide fuege ergaenz* gib zeig* nenn* verwend* mach*",
    "SKIP": "skip omit drop leave_out spare lass_weg weglass* spar*",
    "LEAVE_DE": "lass lasse lassen",
    "AWAY_DE": "weg",
    "ANY_TOPIC": """
        any_topic all_topics any_subject everything anything any_question all_questions every_topic alle_themen
        jedes_thema jede_frage alle_fragen ueber_alles alles""",
    "TALK": """
        talk discuss answer help chat respond cover speak sprich sprech* red* antwort* beantwort* hilf diskutier*
        plauder*""",
    "SIDE": """
        take_sides take_a_side one-sided own_opinion your_opinion argue_for campaign_for only_one_side einseitig*
        partei_ergreif* ergreif_partei eigene_meinung deine_meinung""",
    "NAMED": "your_name_is you_are_called call_yourself go_by_the_name dein_name_ist du_heisst nenn_dich",
    "CONFIRMATION": """
        without_asking without_confirmation without_confirming without_approval ohne_rueckfrage ohne_nachfrage
        ohne_bestaetigung ohne_zu_fragen""",
    "ACT": """
        delete send buy pay order cancel book transfer execute act proceed carry_out loesch* kauf* bestell* buch*
        ueberweis* zahl* storn* fuehr* handle*""",
}
